import Host

Catalogue.program.run()
