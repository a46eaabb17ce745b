"""Files: hash, lock, pack, read archives in place, write whole or not at all."""
