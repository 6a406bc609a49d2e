x = x + self.attend(x)
return x + self.feed(x)
