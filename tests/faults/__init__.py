"""What becomes of an archive when its process is killed, its disk fails, or others are at it too."""
