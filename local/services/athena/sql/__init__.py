"""SQL of Athena's engine version 3: what is asked, what is refused, and answers in Athena's words."""
