"""What client and embedded server say to one another over REST."""
