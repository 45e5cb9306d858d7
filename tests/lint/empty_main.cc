// The program of the links-alone tests: it asks for nothing; the linker is told to take it all.
int main() {}
