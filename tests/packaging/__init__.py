"""What users install and what the repository holds."""
