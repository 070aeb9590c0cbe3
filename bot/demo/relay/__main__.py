"""Run the simulated relay alone."""

from bot.demo.relay.server import main

if __name__ == "__main__":
    main()
