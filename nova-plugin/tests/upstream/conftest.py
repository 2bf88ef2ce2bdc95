"""Not pytest's: lab/run_unittests.py runs these, for test_nova_own_tests.py."""

collect_ignore_glob = ["*"]
