"""The Spline agent's Producer API: its messages, and what they say of a write."""

from lineage.spline.decode import decode_events, decode_plan
from lineage.spline.keys import event_key
from lineage.spline.observe import observe
from lineage.spline.wire import Event, Plan

__all__ = ["Event", "Plan", "decode_events", "decode_plan", "event_key", "observe"]
