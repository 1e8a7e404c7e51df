"""What an exception at a bad moment does: nothing."""
