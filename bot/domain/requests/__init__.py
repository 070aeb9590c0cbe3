"""Pure facts and rules of one request: its pictures, its references and what it goes on from."""
