"""What synthesized templates mean to the one who reviews them: data at risk, permissions, openings, accepted findings, price."""
