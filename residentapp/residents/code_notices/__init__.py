"""住民票コード通知票, 変更通知票 and 修正通知票: the code of a person on paper, after a change (RR-4.3.3)."""
