"""Landing: from a file in an inbox to a write-once snapshot with a manifest.

Belongs here: what a delivery is and how it is identified (``deliveries``), and taking it in (``land``).
Does not belong here: anything that looks inside a delivered file; that is reading (``sources``).
"""
