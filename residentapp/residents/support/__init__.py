"""支援措置 and 抑止: the measures, their people and terms, suppressions, reviews of single outputs."""
