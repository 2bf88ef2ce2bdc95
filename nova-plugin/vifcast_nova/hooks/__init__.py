"""What wraps Nova, and what is known of the operations that it carries out.

``install`` puts the ``wrappers`` and the ``list_hooks`` on the ``hookpoints`` of Nova; the
operations under way are ``in_flight``, and ``changes`` finds what Nova's lists of NICs lose or
gain without one. ``notify`` sends what comes of it.
"""
