"""What human reviewers would give a paper, estimated from its text alone: trees, words, rigour, a blend of them."""
