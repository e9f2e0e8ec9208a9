"""What is said of one moment: emotions, predictions of the senses, their fusion, satisfaction."""
