"""交付状況 of 個人番号カード and 住基カード, from the CS or by hand, with its history (RR-2.2.2, RR-7.1.1.3a)."""
