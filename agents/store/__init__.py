"""What outlives a process: the journal, the archive, the event log, model calls, and what run folders say of a run."""
