print("longma")
