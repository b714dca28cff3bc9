"""What facts can be: types, exact money, days and working hours, the named functions of derived facts."""
