"""REST service over `emotion_core`."""
