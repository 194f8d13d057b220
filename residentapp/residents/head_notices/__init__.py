"""Households that their head has left: 世帯主変更通知書, 世帯主変更依頼通知書 and 対象者リスト (RR-4.0.4, RR-4.0.5)."""
