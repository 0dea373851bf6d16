"""Report: the site that comes with a release, as static pages.

``site`` writes it, ``quality`` decides what the pages of checks tell; the form of all pages is ``templates/base.html``
and ``templates/style.css``. Pages need no script and fetch nothing from elsewhere, so they can be opened as files. Does
not belong here: any figure that is not in the release.
"""
