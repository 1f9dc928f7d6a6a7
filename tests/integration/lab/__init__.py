"""The lab itself: its parts behave like what they stand for."""
