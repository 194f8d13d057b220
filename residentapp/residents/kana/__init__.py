"""氏名・旧氏の振り仮名: notice, answer, and what becomes of it in the register (法第7条第1号の2, RR-1.1.18)."""
