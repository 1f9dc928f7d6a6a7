"""The upload to an account: a small one each minute (`probe`), a measured one within a budget (`benchmark`)."""
