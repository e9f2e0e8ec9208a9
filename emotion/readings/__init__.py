"""What is said of one moment: emotions, predictions of face and voice, fusion, satisfaction."""
