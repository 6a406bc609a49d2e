x = x + self.attend(self.norm_attention(x))
return x + self.feed(self.norm_feed(x))
