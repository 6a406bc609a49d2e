"""What human reviewers would give a paper, estimated from its text alone: features, trees, words, a stacker. No model call."""
