"""What a language model extracts from documents."""
