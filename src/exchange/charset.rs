//! What the bytes of a body say as text: the WHATWG encoding sniff, then a guess, then a second try.
