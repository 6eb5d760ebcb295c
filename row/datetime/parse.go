package datetime
