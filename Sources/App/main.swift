print("job-service")
