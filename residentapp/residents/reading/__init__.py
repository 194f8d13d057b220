"""住民基本台帳の一部の写し（閲覧用）: lists of residents for those who may read them (法第11条, 第11条の2; RR-9.5)."""
