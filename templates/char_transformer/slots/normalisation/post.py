x = self.norm_attention(x + self.attend(x))
return self.norm_feed(x + self.feed(x))
