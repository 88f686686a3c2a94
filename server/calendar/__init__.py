"""Calendar: a clinician's rounds to come, subscribable by a link that names nobody."""
