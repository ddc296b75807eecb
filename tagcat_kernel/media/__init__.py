"""Files to pixels to hashes, with limits on what strangers' files may cost."""
