"""HTTP without features: commit at the edge, one error envelope, security headers, serving the PWA."""
