SELECT id FROM customers WHERE name = :'who';
