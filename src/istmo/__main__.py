from istmo.cli import main

main()
