"""What is said of one moment: emotions, predictions of face and voice, their fusion, satisfaction."""
