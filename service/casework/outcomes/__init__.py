"""What people do with a decision: outcomes, approvals, appeals."""
