"""From what a source has to contracts: drafts of new ones, and how far the source has drifted from those that there are."""
