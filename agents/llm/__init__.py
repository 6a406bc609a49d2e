"""Language models by one LiteLLM string: prompts rendered from tasks, replies validated, cost reserved and recorded."""
