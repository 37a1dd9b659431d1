"""The deployment: a Pulumi program, the pure clients behind its dynamic resources, and its rehearsal."""
