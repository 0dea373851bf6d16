"""Labour Inspectorate: the public register of inspections under Wav, WML and Waadi."""
