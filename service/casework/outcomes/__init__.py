"""What people do with decisions: outcomes, approvals and appeals."""
