"""Landing: from a file in an inbox to a write-once snapshot with a manifest.

Belongs here: what a delivery is and how it is identified (``deliveries``), taking it in (``land``), and erasing what
may no longer be kept (``retention``).
Does not belong here: anything that looks inside a delivered file; that is reading (``sources``).
"""
