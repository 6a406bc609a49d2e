"""Sandboxes: adapters of the Sandbox seam, by name. What each shuts off is said by its `guarantees`."""

SANDBOXES = {
    "docker": "agents.sandbox.docker:DockerSandbox",
    "bubblewrap": "agents.sandbox.bubblewrap:BubblewrapSandbox",
    "process": "agents.sandbox.process:ProcessSandbox",
}
